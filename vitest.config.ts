import { defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: vitest reads the default export
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // ONNX sessions, child processes and Chromium start slowly on a busy machine: limits are generous, conditions are polled.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Real servers and killed processes on a shared machine: what fails once and then passes is shown as flaky.
    retry: process.env.CI ? 1 : 0,
    reporters: process.env.VITEST_JSON ? ['default', ['json', { outputFile: process.env.VITEST_JSON }]] : ['default'],
  },
});
