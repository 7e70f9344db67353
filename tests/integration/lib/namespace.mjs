// Runs the wrapup binary where some files of the system have another content, such as /etc/resolv.conf: in a mount
// namespace of its own. That needs the right to make one (root, or a container with CAP_SYS_ADMIN).
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { binary, tempDir } from './server.mjs';

/**
 * `files`: `{'/etc/resolv.conf': text, …}`, all of which must exist. Gives `{command}`, which runs the binary so, or
 * `{why}` when that cannot be done here.
 */
export function binaryWith(files) {
  const folder = tempDir();
  const mounts = Object.entries(files).map(([target, text], index) => {
    const source = path.join(folder, `file${index}`);
    fs.writeFileSync(source, text);
    return `mount --bind '${source}' '${target}'`;
  });
  const script = (program) =>
    `#!/bin/sh\nexec unshare --mount sh -c "${mounts.join(' && ')} && exec '${program}' \\"\\$@\\"" wrapup "$@"\n`;
  const write = (name, program) => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, script(program), { mode: 0o755 });
    return file;
  };
  const tried = spawnSync(write('try', '/bin/true'), { encoding: 'utf8' });
  if (tried.status !== 0) return { why: `no mount namespace can be made here: ${tried.stderr?.trim()}` };
  return { command: write('wrapup', binary) };
}
