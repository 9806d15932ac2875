/** `xterm:unicode11`: how wide characters are; build.mjs takes it from @xterm/addon-unicode11. */
declare module "xterm:unicode11" {
  import type { IUnicodeVersionProvider } from "@xterm/xterm";
  export class UnicodeV11 implements IUnicodeVersionProvider {
    readonly version: string;
    wcwidth(codepoint: number): 0 | 1 | 2;
    charProperties(codepoint: number, preceding: number): number;
  }
}
