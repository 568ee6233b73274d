// Of Wadi, as package.json has it.

import packageFile from "../../package.json" with { type: "json" };

export const VERSION: string = packageFile.version;
