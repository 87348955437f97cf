import type { Setting } from './setting.ts';

export type At = 'p50' | 'p95' | 'p99' | 'min' | 'max';
/** One bound of a budget: a figure of the samples that must be at most, or at least, so much. */
export type Bound = { at: At } & ({ most: number } | { least: number });

/** One row of the table. */
export type Line = {
  what: string;
  unit: string;
  budget: Bound[];
  samples: number[];
  /** The same work done directly at the endpoint, in the same run. */
  direct?: number[];
  /** What else there is to know of these samples, in words. */
  note?: string;
};

/** What one family of rows does over and over. The rounds of all families take turns, so that they share their weather. */
export type Measure = {
  sample: () => Promise<void>;
  lines: () => Line[];
  close?: () => Promise<void>;
};

export type Family = {
  /** What `npm run bench -- NAME` looks for. */
  name: string;
  /** How often it is sampled: in a full run, and in a quick one. */
  rounds: { full: number; quick: number };
  /** Taking turns with others; after them, for it kills something; or without any app or browser beside its own. */
  when: 'together' | 'disturbing' | 'alone';
  prepare: (setting: Setting) => Promise<Measure>;
};
