import { action } from '../actions/action.ts';
export const planted = action;
