// node decide.cjs <rates> <ids,…> …: what dd-trace's sampler decides for each id at each rate, as JSON.
const id = require('dd-trace/packages/dd-trace/src/id');
const Sampler = require('dd-trace/packages/dd-trace/src/sampler');

const [rates, ...ids] = process.argv.slice(2);
const traces = ids.flatMap((text) => text.split(',')).map((text) => ({ _traceId: id(text, 10) }));
console.log(
  JSON.stringify(
    JSON.parse(rates).map((rate) => {
      const sampler = new Sampler(rate);
      return traces.map((trace) => sampler.isSampled(trace));
    }),
  ),
);
