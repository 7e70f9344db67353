// A small file system of its own: an ext4 image, or a tmpfs where there are no loop devices. It is mounted in a private mount
// namespace that a helper process holds, so that nothing of it is left behind however the test ends. Needs root.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { tempDir } from './server.mjs';

const mountEither = `
mkdir -p "$1/disk" && cd "$1" || exit 1
if truncate -s "$2" image && mkfs.ext4 -q -m 0 image 2>/dev/null && mount -o loop image disk 2>/dev/null; then echo ext4
else mount -t tmpfs -o "size=$2" tmpfs disk && echo tmpfs; fi || exit 1
exec cat`;

export class SmallDisk {
  /** Why no file system can be mounted here; undefined when one can. */
  static whyNot() {
    if (process.getuid() !== 0) return 'mounting a small file system needs root';
    const tried = spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs -o size=64k tmpfs /mnt'], { encoding: 'utf8' });
    return tried.status === 0 ? undefined : `nothing can be mounted here: ${(tried.stderr || String(tried.error)).trim()}`;
  }

  /** `bytes`: its size, about. */
  static async make(bytes) {
    const disk = new SmallDisk();
    const folder = tempDir();
    disk.holder = spawn('unshare', ['-m', 'bash', '-c', mountEither, 'bash', folder, String(bytes)]);
    let problem = '';
    disk.holder.stderr.setEncoding('utf8').on('data', (text) => (problem += text));
    disk.kind = await new Promise((resolve, reject) => {
      disk.holder.stdout.setEncoding('utf8').once('data', (text) => resolve(text.trim()));
      disk.holder.once('close', (code) => reject(new Error(`cannot mount a small file system (${code}): ${problem}`)));
    });
    disk.folder = path.join(folder, 'disk'); // as those see it who run on it
    disk.seen = `/proc/${disk.holder.pid}/root${disk.folder}`; // as it is seen from here
    disk.through = ['nsenter', `--mount=/proc/${disk.holder.pid}/ns/mnt`, '--'];
    return disk;
  }

  free() {
    const { bavail, bsize } = fs.statfsSync(this.seen);
    return bavail * bsize;
  }

  /** Writes a file that leaves so many bytes free, about; none when there are no more than that. */
  leave(name, bytes) {
    const block = Buffer.alloc(1 << 18, 1);
    const file = fs.openSync(path.join(this.seen, name), 'w');
    while (this.free() > bytes + block.length) fs.writeSync(file, block);
    fs.closeSync(file);
  }

  release(name) {
    fs.rmSync(path.join(this.seen, name));
  }

  /** The files go with the last process that runs on it. */
  close() {
    this.holder.removeAllListeners('close');
    this.holder.stdin.end();
  }
}
