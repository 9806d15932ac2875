/** `import play from "lucide:play"` is the inner SVG of that icon; build.mjs takes it from
 * @iconify-json/lucide, so only the icons in use are shipped. */
declare module "lucide:*" {
  const body: string;
  export default body;
}
