/** The part of the package that tests use; it ships no types. */
declare module 'asl-validator' {
  export default function validate(definition: unknown, options: object): { isValid: boolean; errorsText(): string };
}
