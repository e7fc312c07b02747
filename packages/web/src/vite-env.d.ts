declare module 'virtual:routes' {
  /** Noun, verb, `METHOD /path`: made from the endpoint table when the console is built. */
  export const routes: Record<string, Record<string, string>>
}
declare module '*.module.css' {
  const classes: Record<string, string>
  export default classes
}
