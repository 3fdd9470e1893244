import { local } from '../../offline/local.ts';
export const planted = local;
