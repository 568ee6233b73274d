import { afterEach, expect, test } from "vitest";
import { cleanUp, temporaryFolder } from "../../local/wadi-under-test.contract.ts";
import { openBundler } from "./bundle.ts";

afterEach(cleanUp);

test("where Wadi's sources are not there, as in the image, it says where to run it instead", async () => {
  await expect(openBundler(temporaryFolder())).rejects.toThrow(
    "wadi package needs Wadi's sources, and here are none: run it in a checkout of Wadi, after make install",
  );
});
