declare module "*.css";
/** The minified text of a style sheet. */
declare module "*.css?text" {
  const text: string;
  export default text;
}
