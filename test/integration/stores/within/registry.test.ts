import "./ask-within.ts";

await import("../registry.test.ts");
