import { useEffect, useState } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import { inOperation, load, look } from '../operation.ts';

function Page() {
  const [rows, setRows] = useState<number[]>([]);
  useEffect(() => {
    void inOperation('effect', async () => {
      await load();
      look('effect');
      setRows(await load());
      look('effect');
    });
  }, []);
  const click = async (): Promise<void> => {
    await inOperation('click', async () => {
      const first = await load();
      const second = await load();
      const third = await load();
      look('click');
      setRows([...first, ...second, ...third]);
    });
  };
  return (
    <button type="button" onClick={click}>
      {rows.length}
    </button>
  );
}

inOperation('render', () => {
  const element = document.createElement('div');
  document.body.append(element);
  flushSync(() => createRoot(element).render(<Page />));
});
