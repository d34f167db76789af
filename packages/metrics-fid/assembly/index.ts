export { bidiagonalize } from './bidiagonal';
export { cholesky } from './cholesky';
export { multiply, pack } from './products';
