import { Store } from './store';

const now = new Store(Date.now());
let watchers = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** The time, each second, while anyone looks. */
export const clock = {
  get value(): number {
    return now.value;
  },
  subscribe(listener: () => void): () => void {
    const end = now.subscribe(listener);
    if (watchers++ === 0) {
      now.set(Date.now());
      timer = setInterval(() => now.set(Date.now()), 1000);
    }
    return () => {
      end();
      if (--watchers === 0) clearInterval(timer);
    };
  },
};
