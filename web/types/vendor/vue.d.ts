// What the page takes of Vue, which comes without types as it is laid out. Enough for the checker; scripts/lint.sh runs it where there is one.
export interface Ref<T> { value: T }
export function ref<T>(value: T): Ref<T>;
export function shallowRef<T>(value: T): Ref<T>;
export function triggerRef(ref: Ref<any>): void;
export function reactive<T extends object>(value: T): T;
export function shallowReactive<T extends object>(value: T): T;
export function computed<T>(read: () => T): { readonly value: T };
export function watch(source: any, call: (...values: any[]) => any, options?: { immediate?: boolean; deep?: boolean; flush?: string }): () => void;
export function watchEffect(run: () => void): () => void;
export function nextTick(run?: () => void): Promise<void>;
export function onMounted(run: () => any): void;
export function onUnmounted(run: () => any): void;
export function onUpdated(run: () => any): void;
export function h(kind: any, ...rest: any[]): any;
export function createApp(root: any): { mount(place: string): void };
export function defineAsyncComponent(options: any): any;
