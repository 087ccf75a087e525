export function viaCommonJs<T>(fn: () => T): Promise<T>;
