import { active, type Check, inContext, need } from './check.ts';

// What is not `await`: registered in A, called by the host or in B, sees A.

const json = '/data.json';
const once = (start: (done: () => void) => void): Promise<void> => new Promise((resolve) => start(resolve));
type Global = typeof globalThis & {
  requestIdleCallback?: typeof requestIdleCallback;
  scheduler?: { postTask(fn: () => void): Promise<void> };
};
const host = globalThis as Global;
const event = (): Event => new Event('x');

export const hostChecks: Record<string, Check> = {
  setTimeout: (look) => once((done) => void setTimeout(() => (look(), done()), 1)),
  'setTimeout with arguments': (look) =>
    once((done) => void setTimeout((a: number, b: number) => (look(), look.expect(a + b === 3, 'arguments'), done()), 1, 1, 2)),
  setInterval: (look) =>
    once((done) => {
      const id = setInterval(() => (look(), clearInterval(id), done()), 1);
    }),
  requestAnimationFrame: (look) => once((done) => void requestAnimationFrame((time) => (look(), look.expect(time > 0, 'time'), done()))),
  requestIdleCallback: (look) => {
    need(host.requestIdleCallback, 'requestIdleCallback');
    return once((done) => void host.requestIdleCallback?.(() => (look(), done()), { timeout: 50 }));
  },
  'scheduler.postTask': (look) => {
    need(host.scheduler, 'scheduler');
    return once((done) => void host.scheduler?.postTask(() => (look(), done())));
  },
  queueMicrotask: (look) => once((done) => queueMicrotask(() => (look(), done()))),
  'setTimeout set behind an await': async (look) => {
    await 1;
    await once((done) => void setTimeout(() => (look(), done()), 1));
    look();
  },
  'queueMicrotask and requestAnimationFrame behind an await': async (look) => {
    await 1;
    await once((done) => queueMicrotask(() => (look(), done())));
    await once((done) => void requestAnimationFrame(() => (look(), done())));
    look();
  },
  'listener, dispatched in another context': (look) => {
    const target = new EventTarget();
    target.addEventListener('x', () => look());
    inContext('B', () => target.dispatchEvent(event()));
  },
  'listener added behind an await': async (look) => {
    await 1;
    const target = new EventTarget();
    target.addEventListener('x', () => look());
    inContext('B', () => target.dispatchEvent(event()));
  },
  'click of an element': (look) => {
    const button = document.createElement('button');
    button.addEventListener('click', () => look());
    document.body.append(button);
    inContext('B', () => button.click());
    button.remove();
  },
  'listener object with handleEvent': (look) => {
    const target = new EventTarget();
    const listener = {
      handleEvent(this: unknown, given: Event) {
        look();
        look.expect(this === listener && given.type === 'x', 'this');
      },
    };
    target.addEventListener('x', listener);
    inContext('B', () => target.dispatchEvent(event()));
  },
  'listener with once': (look) => {
    const target = new EventTarget();
    let calls = 0;
    const listener = (): void => {
      calls++;
      look();
    };
    target.addEventListener('x', listener, { once: true });
    inContext('B', () => (target.dispatchEvent(event()), target.dispatchEvent(event())));
    look.expect(calls === 1, `${calls} calls`);
  },
  'listener removed': (look) => {
    const target = new EventTarget();
    let calls = 0;
    const listener = (): void => void calls++;
    target.addEventListener('x', listener);
    inContext('B', () => target.removeEventListener('x', listener));
    target.dispatchEvent(event());
    look.expect(calls === 0, `${calls} calls`);
  },
  'listener added twice, called once': (look) => {
    const target = new EventTarget();
    let calls = 0;
    const listener = (): void => {
      calls++;
      look();
    };
    target.addEventListener('x', listener);
    inContext('B', () => target.addEventListener('x', listener));
    target.dispatchEvent(event());
    look.expect(calls === 1, `${calls} calls`);
  },
  'one listener, capturing and not': (look) => {
    const target = new EventTarget();
    const seen: unknown[] = [];
    const listener = (): void => void seen.push(active());
    inContext('B', () => target.addEventListener('x', listener));
    target.addEventListener('x', listener, true);
    target.dispatchEvent(event());
    target.removeEventListener('x', listener, true);
    target.dispatchEvent(event());
    // Engines differ in whether the capturing one is called first at the target itself.
    look.expect(seen.splice(0, 2).sort().join() === 'A,B' && seen.join() === 'B', String(seen));
  },
  'one listener on two targets': (look) => {
    const [a, b] = [new EventTarget(), new EventTarget()];
    const seen: unknown[] = [];
    const listener = (): void => void seen.push(active());
    a.addEventListener('x', listener);
    inContext('B', () => b.addEventListener('x', listener));
    a.dispatchEvent(event());
    b.dispatchEvent(event());
    look.expect(seen.join() === 'A,B', String(seen));
  },
  'listener removed by a signal, then added anew': (look) => {
    const target = new EventTarget();
    const abort = new AbortController();
    const seen: unknown[] = [];
    const listener = (): void => void seen.push(active());
    inContext('B', () => target.addEventListener('x', listener, { signal: abort.signal }));
    target.dispatchEvent(event());
    abort.abort();
    target.dispatchEvent(event());
    target.addEventListener('x', listener);
    inContext('C', () => target.dispatchEvent(event()));
    look.expect(seen.join() === 'B,A', String(seen));
  },
  'on property of an element': (look) => {
    const button = document.createElement('button');
    const handler = (): void => look();
    button.onclick = handler;
    look.expect(button.onclick === handler, 'another function comes back');
    inContext('B', () => button.click());
    button.onclick = null;
    look.expect(button.onclick === null, 'not null');
  },
  'window.onmessage': (look) =>
    once((done) => {
      window.onmessage = () => {
        look();
        window.onmessage = null;
        done();
      };
      window.postMessage(1);
    }),
  'XHR onload': (look) => xhr((request, done) => (request.onload = () => (look(), done()))),
  'XHR addEventListener': (look) => xhr((request, done) => request.addEventListener('load', () => (look(), done()))),
  'XHR onreadystatechange': (look) =>
    xhr((request, done) => (request.onreadystatechange = () => (look(), request.readyState === 4 && done()))),
  MutationObserver: (look) =>
    once((done) => {
      const element = document.createElement('p');
      const observer = new MutationObserver(
        (records) => (look(), look.expect(records.length === 1, 'records'), observer.disconnect(), done()),
      );
      observer.observe(element, { attributes: true });
      element.title = 'x';
    }),
  IntersectionObserver: (look) => observing(look, (done) => new IntersectionObserver(done)),
  ResizeObserver: (look) => observing(look, (done) => new ResizeObserver(done)),
  PerformanceObserver: (look) =>
    once((done) => {
      const observer = new PerformanceObserver(() => (look(), observer.disconnect(), done()));
      observer.observe({ entryTypes: ['mark'] });
      performance.mark('check');
    }),
  'MessagePort onmessage': (look) =>
    once((done) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => (look(), port1.close(), done());
      port2.postMessage(1);
    }),
  'MessagePort addEventListener': (look) =>
    once((done) => {
      const { port1, port2 } = new MessageChannel();
      port1.addEventListener('message', () => (look(), port1.close(), done()));
      port1.start();
      port2.postMessage(1);
    }),
  'BroadcastChannel onmessage': (look) =>
    once((done) => {
      const [a, b] = [new BroadcastChannel('check'), new BroadcastChannel('check')];
      a.onmessage = () => (look(), a.close(), b.close(), done());
      b.postMessage(1);
    }),
  'Worker onmessage': (look) =>
    once((done) => {
      const worker = new Worker('/worker.js');
      worker.onmessage = () => (look(), worker.terminate(), done());
    }),
  'FileReader onload': (look) =>
    once((done) => {
      const reader = new FileReader();
      reader.onload = () => (look(), done());
      reader.readAsText(new Blob(['x']));
    }),
  'IndexedDB onsuccess': (look) =>
    once((done) => {
      const request = indexedDB.open('check', 1);
      request.onupgradeneeded = () => void request.result.createObjectStore('rows');
      request.onsuccess = () => {
        look();
        const get = request.result.transaction('rows').objectStore('rows').get(1);
        get.onsuccess = () => (look(), request.result.close(), done());
      };
    }),
  'EventSource onmessage': (look) =>
    once((done) => {
      const source = new EventSource('/events');
      source.onmessage = () => (look(), source.close(), done());
    }),
};

/** Callbacks of promises: carried with the plugin's option `promises`, or by `patchPromiseThen`. */
export const promiseChecks: Record<string, Check> = {
  'fetch().then': (look) => fetch(json).then(() => look()),
  'fetch().then().then': (look) =>
    fetch(json)
      .then((response) => response.json())
      .then(() => look()),
  'then behind an await': async (look) => {
    await 1;
    await fetch(json).then(() => look());
    look();
  },
  'catch and finally': (look) =>
    Promise.reject(new Error('x'))
      .catch(() => look())
      .finally(() => look()),
  'then of a promise of another context': async (look) => {
    const pending = inContext('B', () => fetch(json));
    await pending.then(() => look());
  },
};

function xhr(listen: (request: XMLHttpRequest, done: () => void) => unknown): Promise<void> {
  return once((done) => {
    const request = new XMLHttpRequest();
    request.open('GET', json);
    listen(request, done);
    request.send();
  });
}

interface Observer {
  observe(element: Element): void;
  disconnect(): void;
}

function observing(look: () => void, make: (done: () => void) => Observer): Promise<void> {
  return once((done) => {
    const element = document.createElement('p');
    document.body.append(element);
    const observer = make(() => (look(), observer.disconnect(), element.remove(), done()));
    observer.observe(element);
  });
}
