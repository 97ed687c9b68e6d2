/** Style sheets are the bundler's to read; importing one says that a page needs it. */
declare module "*.css";
