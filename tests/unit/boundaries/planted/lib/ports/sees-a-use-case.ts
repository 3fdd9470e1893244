import { useCase } from '../usecases/use-case.ts';
export const planted = useCase;
