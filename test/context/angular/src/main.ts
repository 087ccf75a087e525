import { Component, provideZoneChangeDetection, signal } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { context } from '@opentelemetry/api';
import { zoneContextManager } from '../../../../src/context/zone.ts';
import { inOperation, load, look } from './operation.ts';

context.setGlobalContextManager(zoneContextManager().enable());

@Component({ selector: 'page-rows', template: '<button (click)="click()">{{ rows().length }}</button>' })
class Rows {
  readonly rows = signal<number[]>([]);

  async ngOnInit(): Promise<void> {
    await inOperation('effect', async () => {
      await load();
      look('effect');
      this.rows.set(await load());
      look('effect');
    });
  }

  async click(): Promise<void> {
    await inOperation('click', async () => {
      const first = await load();
      const second = await load();
      const third = await load();
      look('click');
      this.rows.set([...first, ...second, ...third]);
    });
  }
}

bootstrapApplication(Rows, { providers: [provideZoneChangeDetection()] }).catch((error) => console.error(error));
