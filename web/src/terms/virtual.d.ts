declare module 'virtual:terms' {
  const terms: { zh: Record<string, string>; en: Record<string, string> };
  export default terms;
}
