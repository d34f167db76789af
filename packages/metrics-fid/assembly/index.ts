export { bidiagonalize } from './bidiagonal';
export { cholesky } from './cholesky';
export { multiplyTriangular, pack } from './products';
