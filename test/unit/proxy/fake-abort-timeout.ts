import { vi } from 'vitest';

/** `AbortSignal.timeout` by the timers that the test has faked, which leave it alone. Undone by `vi.restoreAllMocks()`. */
export function fakeAbortTimeout(): void {
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((millis) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new DOMException('The operation timed out', 'TimeoutError')), millis);
    return controller.signal;
  });
}
