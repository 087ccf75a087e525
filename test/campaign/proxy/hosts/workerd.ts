import { createApp } from '../proxy-app.ts';

// oxlint-disable-next-line import/no-default-export -- what workerd asks for
export default { fetch: createApp() };
