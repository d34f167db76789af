import { selectBackend } from '@immiscible/backend';
import { unet, countParams } from '@immiscible/unet';
import { ddimObjective, ddimSample } from '@immiscible/ddim';
import { flowMatchingObjective, eulerSample } from '@immiscible/flow-matching';
import { linearSchedule, cosineSchedule } from '@immiscible/schedulers';
import * as O from '@immiscible/optim';
import { createRng } from '@immiscible/core';
import { fashionMnist10k, batches, resize } from '@immiscible/datasets';
import * as C from '@immiscible/coupling';
import { train } from '@immiscible/trainer';
import * as M from '@immiscible/metrics-fid';
import ndarray from 'ndarray';
import { parseArgs } from 'node:util';
import { writeFileSync } from 'node:fs';
import { encode } from 'fast-png';
const noLabels=(b)=>({...b,at:async(k)=>({x0:(await b.at(k)).x0})});
const { values: v } = parseArgs({ options: Object.fromEntries(['res','ch','batch','lr','steps','pool','coupling','pred','sched','ema','n','seed','evals','blocks','png','stem'].map(k=>[k,{type:'string'}])) });
const res=+(v.res??14),steps=+(v.steps??900),B=+(v.batch??128),pool=+(v.pool??2048),lr=+(v.lr??1e-3),n=+(v.n??2000),evals=+(v.evals??3),pred=v.pred??'vPrediction';
console.error(await selectBackend({}));
let data=await fashionMnist10k(); if(res!==28) data=resize(data,res);
const rng=createRng(+(v.seed??0));
const model=unet({imageChannels:1,channels:+(v.ch??64),channelMultipliers:[1],blocksPerLevel:+(v.blocks??1),middleAttention:false,stem:{spaceToDepth:+(v.stem??2)}});
const schedule=v.sched==='cosine'?cosineSchedule():linearSchedule();
const flow=pred==='flow';
const objective=flow?flowMatchingObjective():ddimObjective({schedule,prediction:pred});
const transform=v.coupling==='pool'?C.linearAssignment({cost:'squaredL2',pool}):C.independent();
const ex=await M.fashionFeatures();
const full=await fashionMnist10k();
const ref=await (async()=>{const s=M.statistics(ex.dimensions);for(let i=0;i<10000;i+=500){const per=data.images.data.length/10000;const x=Float32Array.from(data.images.data.subarray(i*per,(i+500)*per),p=>p/127.5-1);s.update(await ex.extract(ndarray(x,[500,res,res,1])))}return s.finish?s.finish():s})();
const sample=(params,S)=>flow?eulerSample(model,params,{steps:S,count:n,imageShape:[res,res,1],rng:createRng(99),batchSize:250}):ddimSample(model,params,{schedule,prediction:pred,steps:S,count:n,imageShape:[res,res,1],rng:createRng(99),batchSize:250});
let t={};
for await(const e of train({model,objective,batches:noLabels(batches(data,{batchSize:B,rng:rng.split('data')})),transform,optimizer:O.chain(O.clipByGlobalNorm(1),O.adam({learningRate:O.warmup?O.warmup(50,O.constant(lr)):lr})),ema:O.ema({decay:+(v.ema??0.995)}),rng,steps,snapshotEvery:Math.round(steps/evals)})){
 if(e.type==='step'){for(const k in e.seconds)t[k]=(t[k]??0)+e.seconds[k];t.loss=e.loss}
 if(e.type==='snapshot'){const t0=performance.now();const out=[];let im;for(const S of [2,4,10]){im=await sample(e.ema,S);const s=M.statistics(ex.dimensions);s.update(await ex.extract(im));out.push((M.frechetDistance(s.finish?s.finish():s,ref).value??M.frechetDistance(s.finish?s.finish():s,ref)).toFixed(1))}
  console.log(JSON.stringify({...v,step:e.step,fd:out.join(' / '),loss:t.loss.toFixed(4),msStep:(t.total/e.step*1e3).toFixed(0),transform:(t.transform/e.step*1e3).toFixed(1),batch:(t.batch/e.step*1e3).toFixed(1),device:(t.device/e.step*1e3).toFixed(0),evalS:((performance.now()-t0)/1e3).toFixed(1)}));
  if(v.png){const k=8,w=k*res*3;const g=new Uint8Array(w*w);for(let y=0;y<w;y++)for(let x=0;x<w;x++){const iy=Math.floor(y/3),ix=Math.floor(x/3);const i=Math.floor(iy/res)*k+Math.floor(ix/res);g[y*w+x]=Math.max(0,Math.min(255,(im.data[i*res*res+(iy%res)*res+ix%res]+1)*127.5))}writeFileSync(v.png,encode({width:w,height:w,data:g,channels:1,depth:8}))}
 }
}
