import { useCase } from '../lib/usecases/use-case.ts';
export const planted = useCase;
