/** `import text from "./x.css" with { type: "text" }` is the style sheet, made small; late_styles.mjs makes it so. */
declare module "*.css" {
  const text: string;
  export default text;
}
