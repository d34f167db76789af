export { bid } from './bid';
export { products } from './products';
