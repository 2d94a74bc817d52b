import { readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
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

const KEPT_DAYS = 14;

/**
 * Leaves what earlier builds made, and removes it after two weeks: a server that was started before this build, and
 * pages that are open, go on asking for it. Its names hold a digest, so nothing is ever taken for something else.
 */
function keepsEarlierBuilds(): Plugin {
  return {
    name: "keeps-earlier-builds",
    apply: "build",
    writeBundle(options, bundle) {
      const assets = join(options.dir ?? "", "assets");
      const current = new Set(Object.keys(bundle).map((name) => basename(name)));
      const until = Date.now() - KEPT_DAYS * 24 * 3600 * 1000;
      for (const file of readdirSync(assets)) {
        const path = join(assets, file);
        if (!current.has(file.replace(/\.(br|gz)$/, "")) && statSync(path).mtimeMs < until) unlinkSync(path);
      }
    },
  };
}

export default defineConfig({
  base: "./", // addresses inside CSS are relative: the server decides where static files live
  plugins: [precompressed(), keepsEarlierBuilds()],
  build: {
    outDir: "../huying/ui/static/dist",
    emptyOutDir: false, // see keepsEarlierBuilds
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
        board: "src/board.ts",
      },
    },
  },
});
