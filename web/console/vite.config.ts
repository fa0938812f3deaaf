import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

declare const process: { env: Record<string, string | undefined> }

// The console is built into web/dist, which the Go package embeds. Names carry a hash of
// their content, so that a browser may keep them for ever.
export default defineConfig({
  plugins: [react()],
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { '/api': { target: process.env.DAVY ?? 'https://127.0.0.1:8443', secure: false } } },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
})
