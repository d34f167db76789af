import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

/**
 * What is wrong with a library's size, by its own ELF header: one that is cut short takes the process down (SIGBUS)
 * when the missing part is first touched.
 *
 * @returns `undefined` if the file is there and as long as its header says, or the system doesn't use ELF
 * @see System V ABI, chapter 4, `Elf64_Ehdr` and `Elf64_Phdr`
 */
export function elfDamage(path: string, platform: NodeJS.Platform = process.platform): string | undefined {
  if (platform !== 'linux') return undefined;
  if (!existsSync(path)) return `${path} is missing`;
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const header = Buffer.alloc(64);
    const read = readSync(file, header, 0, 64, 0);
    if (read < 64 || header.readUInt32BE(0) !== 0x7f454c46) return `${path} is no ELF library`;
    // 64-bit, little-endian: every processor that tfjs-node has builds for.
    if (header[4] !== 2 || header[5] !== 1) return undefined;
    const segmentSize = header.readUInt16LE(54);
    const segments = header.readUInt16LE(56);
    const segmentTable = Number(header.readBigUInt64LE(32));
    let end = Number(header.readBigUInt64LE(40)) + header.readUInt16LE(58) * header.readUInt16LE(60);
    end = Math.max(end, segmentTable + segmentSize * segments);
    for (let i = 0; i < segments && end <= size; i++) {
      const segment = Buffer.alloc(56);
      if (readSync(file, segment, 0, 56, segmentTable + i * segmentSize) < 56) break;
      end = Math.max(end, Number(segment.readBigUInt64LE(8)) + Number(segment.readBigUInt64LE(32)));
    }
    return end > size ? `${path} is cut short: ${size} bytes of ${end}` : undefined;
  } finally {
    closeSync(file);
  }
}
