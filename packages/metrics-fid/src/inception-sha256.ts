/** SHA-256 of `pt_inception-2015-12-05-6726825d.pth`, the network's published weights (95,628,359 bytes). */
export const INCEPTION_SHA256 = '6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2';
