// Plain JavaScript beside the tests, which Node of any version and other tracers run: not checked here.
declare module '*.mjs';
