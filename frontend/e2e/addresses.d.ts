export const addresses: string[];
