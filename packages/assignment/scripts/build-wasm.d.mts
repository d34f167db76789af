export function compile(): Promise<Buffer>;
