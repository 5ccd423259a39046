// @ts-check
// The records of docs/api/openapi.yaml, as far as the page reads them.

/**
 * @typedef {object} Session
 * @property {string} name
 * @property {string} type
 * @property {"queued" | "preparing" | "running" | "paused" | "finished" | "failed" | "stopped"} state
 * @property {string} [reason]
 * @property {number} [exitCode]
 * @property {string} createdAt
 * @property {string} [startedAt]
 * @property {string} [finishedAt]
 * @property {string} entry
 * @property {string[]} arguments
 * @property {string} memo
 * @property {string} [label]
 * @property {string[]} datasets
 * @property {{ gpus: number, cpus: number, memoryBytes: number, sharedMemoryBytes: number }} resources
 * @property {number} priority
 * @property {boolean} isPrivate
 * @property {boolean} network
 * @property {{ node: string, devices: number[] }} [placement]
 * @property {string} [parent]
 * @property {string} [origin]
 * @property {{ best?: number, last?: number, metric?: string, order?: string }} [keep]
 * @property {string} [environment]
 * @property {Record<string, number | string>} summary
 * @property {number} [step]
 * @property {number} checkpointCount
 * @property {number} checkpointBytes
 * @property {number} outputBytes
 * @property {number} eventNumber
 * @property {boolean} isStopping
 * @property {boolean} isPausing
 * @property {boolean} canResume
 */

/** @typedef {{ name: string, count: number, last: number | string, lastStep: number, lastTimeMilliseconds?: number, minimum?: number, maximum?: number }} Metric */

/** @typedef {{ name: string, steps: number[], times: number[], values: (number | null)[], total: number, odd: number }} Series */

export {};
