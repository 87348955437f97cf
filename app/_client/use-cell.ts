import { useSyncExternalStore } from 'react';
import type { Watched } from './cell.ts';

export const useCell = <T>(cell: Watched<T>): T => useSyncExternalStore(cell.watch, cell.get, cell.getInitial);
