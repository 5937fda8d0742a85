import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

// The names of built files carry no hash, so that a change of the page is a change of files and not of names. The server
// answers them with an ETag.
export default defineConfig({
  base: './',
  plugins: [svelte()],
  build: {
    outDir: process.env.PAGE_OUT ?? 'dist',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 650, // the editor of GraphQL, which is loaded on its own page alone
    rollupOptions: {
      // What the first view shares with the other pages stands in one file of its own, whatever it is made of.
      output: { codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] }, entryFileNames: 'page/page.js', chunkFileNames: 'page/[name].js', assetFileNames: 'page/[name][extname]' },
    },
  },
  server: { proxy: { '/graphql': 'http://127.0.0.1:8417' } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
} as Parameters<typeof defineConfig>[0])
