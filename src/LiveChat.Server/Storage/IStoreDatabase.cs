using Microsoft.AspNetCore.DataProtection.Repositories;

namespace LiveChat.Server.Storage;

/// <summary>A database that is open, and what the servers that use it share beside the conversations. Thread-safe.</summary>
internal interface IStoreDatabase
{
    /// <summary>Which it is, for the operator: a path, or a host; never a credential.</summary>
    string Name { get; }

    /// <summary>The keys that session tokens are made with: they hold across restarts and servers, and are in the database's backups.</summary>
    IXmlRepository ProtectionKeys { get; }

    /// <summary>A random key of this database, made when it is first asked for.</summary>
    byte[] ReadSecret(string name);

    /// <summary>Which log it is: another one after it was restored from a backup. Random, and the same for all servers.</summary>
    byte[] ReadEpoch();
}
