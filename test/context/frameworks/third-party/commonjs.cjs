// Stands for a dependency in CommonJS.
exports.viaCommonJs = async function viaCommonJs(fn) {
  await Promise.resolve();
  return fn();
};
