// Writes the built console as a C++ file, compressed beside as it is, for src/api/console.hpp.
// Usage: node pack.mjs DIST OUT.cpp
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
};

const [dist, out] = process.argv.slice(2);
const files = readdirSync(dist, { withFileTypes: true, recursive: false })
  .flatMap((entry) => (entry.isDirectory() ? readdirSync(path.join(dist, entry.name)).map((name) => `${entry.name}/${name}`) : [entry.name]))
  .sort();

let blocks = '';
let symbols = '';
let rows = '';
const embed = (label, file) => {
  blocks += `${label}:\n.incbin "${file}"\n${label}_end:\n`;
  symbols += `extern const char ${label}[];\nextern const char ${label}_end[];\n`;
  return `std::string_view(${label}, ${label}_end)`;
};
files.forEach((name, index) => {
  const type = types[path.extname(name)];
  if (!type) throw new Error(`${name}: which media type has that? Add it to console/pack.mjs`);
  const file = path.join(dist, name);
  const bytes = readFileSync(file);
  const gzip = gzipSync(bytes, { level: 9 });
  const raw = embed(`wrapup_console_${index}`, file);
  let packed = 'std::string_view()';
  if (gzip.length < bytes.length * 0.9) {
    const packedFile = `${out}.${index}.gz`;
    writeFileSync(packedFile, gzip);
    packed = embed(`wrapup_console_${index}_gzip`, packedFile);
  }
  rows += `      {"${name}", "${type}", ${raw}, ${packed}},\n`;
});
writeFileSync(
  out,
  `#include "api/console.hpp"

#include <array>

asm(R"(
.section .rodata
${blocks}.text
)");

extern "C" {
${symbols}}

namespace wrapup::api {

std::span<const ConsoleFile> console_files() {
  static const std::array<ConsoleFile, ${files.length}> files{{
${rows}  }};
  return files;
}

}  // namespace wrapup::api
`,
);
