import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';
import { termsPlugin } from './build/terms.mjs';

/** Where `npm run dev` finds a running `dosewright serve`. */
const server = process.env.DOSEWRIGHT ?? 'http://127.0.0.1:8642';

/** The stand-in of the server, for development only. */
function mock(): Plugin {
  return {
    name: 'dosewright-mock',
    async configureServer(server) {
      const { answer } = await server.ssrLoadModule('/mock/server.ts');
      server.middlewares.use('/api/v1', answer);
    },
  };
}

export default defineConfig(({ mode }) => ({
  plugins: [termsPlugin(), svelte(), ...(mode === 'mock' ? [mock()] : [])],
  server: mode === 'mock' ? {} : { proxy: { '/api': { target: server, changeOrigin: false } } },
  build: { target: 'es2022', assetsInlineLimit: 0, reportCompressedSize: true },
}));
