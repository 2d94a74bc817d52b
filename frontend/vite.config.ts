import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** Writes `.br` and `.gz` beside each file once, so that no web process compresses the same bytes again. */
function precompressed(): Plugin {
  return {
    name: "precompressed",
    apply: "build",
    writeBundle(options, bundle) {
      for (const name of Object.keys(bundle)) {
        if (!/\.(css|js|svg)$/.test(name)) continue;
        const path = join(options.dir ?? "", name);
        const content = readFileSync(path);
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
        writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
      }
    },
  };
}

export default defineConfig({
  base: "./", // addresses inside CSS are relative: the server decides where static files live
  plugins: [precompressed()],
  build: {
    outDir: "../huying/ui/static/dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: ["chrome87", "safari14", "firefox91"], // browsers still found on office desks and in older WeChat
    modulePreload: false,
    assetsInlineLimit: 0,
    rollupOptions: {
      input: {
        staff: "src/staff.ts",
        resident: "src/resident.ts",
        map: "src/map.ts",
        live: "src/live.ts",
      },
    },
  },
});
