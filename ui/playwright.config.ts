import { defineConfig } from '@playwright/test'

// The page in a real Chromium, against the real program with the public record and 20,000 exercise events (tests/serve.sh).
const port = process.env.PAGE_PORT ?? '8499'

export default defineConfig({
  testDir: 'tests',
  workers: 1,
  retries: process.env.CI ? 1 : 0, // a shared machine may stand still for a while; what held only then is reported as flaky
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: 'list',
  outputDir: '.run/results',
  use: {
    baseURL: 'http://127.0.0.1:' + port,
    locale: 'en-GB',
    launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] },
    viewport: { width: 1360, height: 900 },
  },
  webServer: { reuseExistingServer: !!process.env.PAGE_REUSE, command: 'exec sh tests/serve.sh ' + port, url: 'http://127.0.0.1:' + port + '/readyz', timeout: 180_000, gracefulShutdown: { signal: 'SIGTERM', timeout: 20_000 } },
})
