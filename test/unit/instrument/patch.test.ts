import { expect, test } from 'vitest';
import { type PatchHandler, patch } from '../../../src/instrument/patch.ts';

const doubled: PatchHandler = (native, args) => 2 * (native(args) as number);

function adder(): { add: (this: unknown, a: number, b: number) => number; base: number } {
  return {
    base: 1,
    add: function add(this: unknown, a: number, b: number) {
      return (this as { base: number }).base + a + b;
    },
  };
}

test('the patch has the original’s name, length, text and properties, and keeps `this`', () => {
  const host = adder();
  const { add } = host;
  const undo = patch(host, 'add', doubled)!;
  expect(host.add(2, 3)).toBe(12);
  expect([host.add.name, host.add.length, host.add.toString()]).toEqual([add.name, add.length, add.toString()]);
  expect((host.add as unknown as { __original: unknown }).__original).toBe(add);
  undo();
  expect(host.add).toBe(add);
});

test('a function of the prototype is shadowed, and undoing leaves no trace', () => {
  const host = Object.create(adder()) as ReturnType<typeof adder>;
  const undo = patch(host, 'add', doubled)!;
  expect(host.add(2, 3)).toBe(12);
  undo();
  expect(Object.keys(host)).toEqual([]);
  expect(host.add(2, 3)).toBe(6);
});

test('an accessor comes back as an accessor', () => {
  const { add } = adder();
  const host = Object.defineProperty({ base: 1 }, 'add', { get: () => add, configurable: true }) as ReturnType<typeof adder>;
  const undo = patch(host, 'add', doubled)!;
  expect(host.add(2, 3)).toBe(12);
  undo();
  expect(Object.getOwnPropertyDescriptor(host, 'add')).toMatchObject({ get: expect.any(Function) });
});

test('what the host forbids throws and leaves everything as it was', () => {
  const frozen = Object.freeze(adder());
  expect(() => patch(frozen, 'add', doubled)).toThrow(TypeError);
  expect(frozen.add(2, 3)).toBe(6);
  expect(() => patch({}, 'add', doubled)).toThrow(TypeError);
  expect(() => patch({ add: 3 }, 'add', doubled)).toThrow(TypeError);
});

test('frozen after patching, it lets calls through', () => {
  const host = adder();
  const undo = patch(host, 'add', doubled)!;
  Object.freeze(host);
  undo();
  expect(host.add(2, 3)).toBe(6);
});

test('the newest handler takes over, also below a wrapper that shows its original', () => {
  const host = adder();
  const { add } = host;
  const undoOld = patch(host, 'add', doubled)!;
  const ours = host.add;
  host.add = Object.assign((a: number, b: number) => ours.call(host, a, b), { __original: ours });
  const top = host.add;
  const undoNew = patch(host, 'add', () => -1)!;
  expect(host.add).toBe(top);
  expect(host.add(2, 3)).toBe(-1);
  undoOld();
  expect(host.add(2, 3)).toBe(-1);
  undoNew();
  expect(host.add(2, 3)).toBe(6);
  expect(host.add).toBe(top);
  host.add = add;
});
