import { defineConfig } from 'vitest/config';

// One browser and one server at a time: what is tested is what people see, not how much the machine bears.
export default defineConfig({
  test: { include: ['src/**/*.test.ts'], fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000 },
});
