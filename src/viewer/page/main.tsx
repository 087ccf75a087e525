import { mountViewer } from './mount.tsx';

const element = document.getElementById('app');
if (element) mountViewer(element, { apiBase: '' });
