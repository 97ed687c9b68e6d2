import * as z from "zod";

/** Where the next page of a listing begins, as an opaque text; absent on the last page. */
export const NextCursor = z.string().optional();
