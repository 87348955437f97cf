import { unknownPath } from '#app/_server/methods.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = unknownPath();
