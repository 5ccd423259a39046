export const echarts: any;
