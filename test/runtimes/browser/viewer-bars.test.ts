// What the viewer's styles do in every engine.
import { expect, test } from 'vitest';
import '../../../src/viewer/page/bars.css';

test('a mark at the end of a track stands out whole; what lies further outside is cut', () => {
  document.body.innerHTML = `<div class="row" style="--row: 26px; padding: 50px">
    <div class="track" style="position: relative; width: 200px">
      <i class="event" style="left: 100%"></i><i class="event" style="left: 110%"></i>
    </div>
  </div>`;
  const isSeen = [...document.querySelectorAll('.event')].map((mark) => {
    const { right, top, height } = mark.getBoundingClientRect();
    return document.elementFromPoint(right - 2, top + height / 2) === mark;
  });
  expect(isSeen).toEqual([true, false]);
});
