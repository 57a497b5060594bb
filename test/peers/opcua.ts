/** A real OPC UA server on loopback (node-opcua's) with one level alarm on one tank, for tests: raise it, read its state. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataType, OPCUACertificateManager, OPCUAServer } from 'node-opcua';

export interface OpcuaPeer {
  endpoint: string;
  /** The tank's level: above 80 its alarm is active. */
  level(value: number): void;
  acknowledged(): boolean;
  /** In Part 9's words: Unshelved, TimedShelved, OneShotShelved. */
  shelving(): string | null;
  close(): Promise<void>;
}

export async function opcuaPeer(port: number): Promise<OpcuaPeer> {
  const folder = await mkdtemp(join(tmpdir(), 'rounds-opcua-'));
  const serverCertificateManager = new OPCUACertificateManager({
    rootFolder: folder,
    automaticallyAcceptUnknownCertificate: true,
  });
  const server = new OPCUAServer({
    port,
    hostname: '127.0.0.1',
    serverCertificateManager,
    userCertificateManager: serverCertificateManager,
  });
  await server.initialize();
  const space = server.engine.addressSpace!;
  space.installAlarmsAndConditionsService();
  const namespace = space.getOwnNamespace();
  const tank = namespace.addObject({
    browseName: 'TK-1',
    organizedBy: space.rootFolder.objects,
    eventSourceOf: space.rootFolder.objects.server,
  });
  const level = namespace.addVariable({
    browseName: 'Level',
    componentOf: tank,
    dataType: 'Double',
    eventSourceOf: tank,
  });
  const set = (value: number) => level.setValueFromSource({ dataType: DataType.Double, value });
  set(50);
  const alarm = namespace.instantiateExclusiveLimitAlarm('ExclusiveLimitAlarmType', {
    browseName: 'LevelHigh',
    componentOf: tank,
    conditionSource: tank,
    conditionName: 'Level high',
    optionals: ['ShelvingState'],
    inputNode: level,
    highHighLimit: 95,
    highLimit: 80,
    lowLimit: 5,
    lowLowLimit: 1,
  });
  alarm.setEnabledState(true);
  // Without it the machine has no state at first, and counts as shelved.
  alarm.shelvingState!.setState('Unshelved');
  await server.start();
  return {
    endpoint: `opc.tcp://127.0.0.1:${port}`,
    level: set,
    acknowledged: () => alarm.ackedState.id.readValue().value.value === true,
    shelving: () => alarm.shelvingState?.getCurrentState() ?? null,
    async close() {
      await server.shutdown(10);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
