// Plain JavaScript beside the tests, which Node of any version and other tracers run: not checked here.
declare module '*.mjs';
// Styles, which Vite puts into the page of a test.
declare module '*.css';
